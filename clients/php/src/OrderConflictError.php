<?php

declare(strict_types=1);

namespace UsdtClient;

/** 409: the order ID was used with another amount, or the payment is not in the state for this. */
final class OrderConflictError extends ApiError
{
}
