// What can go wrong, as classes. No message holds a secret or a signature.

/** Every error of this library. */
export class UsdtError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** The program called this library wrongly: a float as amount, a parsed body, no secret. */
export class InvalidArgument extends UsdtError {}

/** No answer came, or no whole one. The gateway may have done the call. */
export class ConnectionError extends UsdtError {}

/** Why a webhook is refused. */
export type SignatureReason =
  | 'missing_signature'
  | 'malformed_signature'
  | 'wrong_signature'
  | 'missing_webhook_header'
  | 'malformed_timestamp'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'wrong_webhook_signature'
  | 'malformed_body';

/** What came is no webhook of the gateway: answer 401. */
export class SignatureError extends UsdtError {
  readonly reason: SignatureReason;

  constructor(reason: SignatureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What an answer says of its error. What it did not say is `null`. */
export interface ErrorDetails {
  /** The HTTP status. */
  status: number;
  /** For programs: decide by it. */
  code: string | null;
  /** What came and what to send, for your log. */
  hint: string | null;
  /** The address where people read about it. */
  docs: string | null;
  /** Seconds to wait. */
  retryAfter: number | null;
  /** Leads the gateway's operator to the cause. */
  requestId: string | null;
}

/** The gateway, or what stands before it, answered with something else than what was asked for. */
export class ApiError extends UsdtError implements ErrorDetails {
  readonly status: number;
  readonly code: string | null;
  readonly hint: string | null;
  readonly docs: string | null;
  readonly retryAfter: number | null;
  readonly requestId: string | null;

  constructor(message: string, details: ErrorDetails) {
    super(message);
    this.status = details.status;
    this.code = details.code;
    this.hint = details.hint;
    this.docs = details.docs;
    this.retryAfter = details.retryAfter;
    this.requestId = details.requestId;
  }
}

/** 400 or 422: the request itself is to be mended. See the `hint`. */
export class InvalidRequestError extends ApiError {}

/** 401 or 403: key or signature are wrong, or the key may not do this. */
export class AuthenticationError extends ApiError {}

/** 404: there is no such thing in this project. */
export class NotFoundError extends ApiError {}

/** 409: the order ID was used with another amount, or the payment is not in the state for this. */
export class OrderConflictError extends ApiError {}

/** 429: wait for `retryAfter` seconds. */
export class RateLimitError extends ApiError {}

/** 5xx: try again later. */
export class ServerError extends ApiError {}

/** What came is no answer of the gateway: a proxy's page, JSON that is cut, or too much. */
export class UnexpectedAnswerError extends ApiError {}

/** The class for an error's status. */
export function errorClass(status: number): typeof ApiError {
  if (status >= 500) return ServerError;
  switch (status) {
    case 400:
    case 422:
      return InvalidRequestError;
    case 401:
    case 403:
      return AuthenticationError;
    case 404:
      return NotFoundError;
    case 409:
      return OrderConflictError;
    case 429:
      return RateLimitError;
    default:
      return ApiError;
  }
}
