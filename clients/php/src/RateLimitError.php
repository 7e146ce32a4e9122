<?php

declare(strict_types=1);

namespace UsdtClient;

/** 429: wait for the seconds of `getRetryAfter`. */
final class RateLimitError extends ApiError
{
}
