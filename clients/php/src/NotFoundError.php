<?php

declare(strict_types=1);

namespace UsdtClient;

/** 404: there is no such thing in this project. */
final class NotFoundError extends ApiError
{
}
