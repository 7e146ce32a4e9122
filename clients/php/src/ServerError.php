<?php

declare(strict_types=1);

namespace UsdtClient;

/** 5xx: try again later. */
final class ServerError extends ApiError
{
}
