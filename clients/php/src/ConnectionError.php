<?php

declare(strict_types=1);

namespace UsdtClient;

/** No answer came, or no whole one. The gateway may have done the call. */
final class ConnectionError extends \RuntimeException implements UsdtError
{
}
