<?php

declare(strict_types=1);

namespace UsdtClient\Tests;

use UsdtClient\Clock;

/** Time whose pauses take none. */
final class Pauses implements Clock
{
    /** @var float[] */
    public $pauses = [];
    /** @var float|null Where time stands, and passes by pauses only. */
    private $now;
    /** @var callable|null */
    private $onPause;

    public function __construct(?float $now = null, ?callable $onPause = null)
    {
        $this->now = $now;
        $this->onPause = $onPause;
    }

    public function now(): float
    {
        return $this->now ?? microtime(true);
    }

    public function sleep(float $seconds): void
    {
        $this->pauses[] = $seconds;
        if ($this->now !== null) {
            $this->now += $seconds;
        }
        if ($this->onPause !== null) {
            ($this->onPause)();
        }
    }
}
