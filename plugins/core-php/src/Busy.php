<?php

declare(strict_types=1);

namespace UsdtShop;

/** Another request is changing the order. */
final class Busy extends \RuntimeException
{
}
