<?php

declare(strict_types=1);

namespace UsdtClient;

/** The program called this library wrongly: a float as amount, a parsed body, no secret. */
final class InvalidArgument extends \InvalidArgumentException implements UsdtError
{
}
