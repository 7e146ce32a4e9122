<?php

declare(strict_types=1);

namespace UsdtClient;

/** 401 or 403: key or signature are wrong, or the key may not do this. */
final class AuthenticationError extends ApiError
{
}
