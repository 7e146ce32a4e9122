<?php

declare(strict_types=1);

namespace UsdtClient;

/** Every error of this library. No message holds a secret or a signature. */
interface UsdtError extends \Throwable
{
}
