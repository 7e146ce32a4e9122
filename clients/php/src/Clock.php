<?php

declare(strict_types=1);

namespace UsdtClient;

/** Time, so that tests need not wait. */
interface Clock
{
    /** Seconds since 1970. */
    public function now(): float;

    public function sleep(float $seconds): void;
}
