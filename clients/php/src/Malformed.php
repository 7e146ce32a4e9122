<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * A field of what came has another form than it must have.
 *
 * @internal
 */
final class Malformed extends \UnexpectedValueException
{
}
