<?php

declare(strict_types=1);

namespace UsdtClient;

/** The machine's own time. */
final class SystemClock implements Clock
{
    public function now(): float
    {
        return microtime(true);
    }

    public function sleep(float $seconds): void
    {
        usleep((int) ceil($seconds * 1e6));
    }
}
