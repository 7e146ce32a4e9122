<?php

declare(strict_types=1);

namespace UsdtClient;

/** What came is no answer of the gateway: a page of a proxy, JSON that is cut, or too much. */
final class UnexpectedAnswerError extends ApiError
{
}
