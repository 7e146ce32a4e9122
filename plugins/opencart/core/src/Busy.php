<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

/** Another request is changing the order. */
final class Busy extends \RuntimeException
{
}
