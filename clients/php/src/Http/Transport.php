<?php

declare(strict_types=1);

namespace UsdtClient\Http;

/**
 * A way to reach the gateway. It follows no redirect, checks certificates, and keeps the request's bytes and times.
 */
interface Transport
{
    /** @throws \Exception where no whole answer came. Its message says why, and holds no header of the request. */
    public function send(Request $request): Response;
}
