<?php

declare(strict_types=1);

namespace UsdtClient;

/** 400 or 422: the request itself is to be mended. See its hint. */
final class InvalidRequestError extends ApiError
{
}
