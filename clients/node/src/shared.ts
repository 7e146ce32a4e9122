// What both builds export alike.

export { compareAmounts } from './amount.js';
export type {
  Acceptance,
  ClientOptions,
  EventFilters,
  NewPayment,
  PaymentFilters,
  PaymentIdLike,
  Ping,
  ProjectChanges,
  Reason,
  Repeatable,
  TestPay,
} from './base-client.js';
export type { Query } from './caller.js';
export type { RawBody, WebhookHeaders } from './claim.js';
export type { Difference, Expected } from './comparison.js';
export {
  ApiError,
  AuthenticationError,
  ConnectionError,
  InvalidArgument,
  InvalidRequestError,
  NotFoundError,
  OrderConflictError,
  RateLimitError,
  ServerError,
  SignatureError,
  UnexpectedAnswerError,
  UsdtError,
  type ErrorDetails,
  type SignatureReason,
} from './errors.js';
export type { JsonObject } from './fields.js';
export { type OtherMoney, Payment, type PaymentStatus, type Price } from './payment.js';
export type {
  Attempt,
  Project,
  RetrievedPayment,
  Review,
  StoredEvent,
  TimelineEntry,
  WebhookTest,
  WholeEvent,
} from './project.js';
export type { Clock, Transport, TransportAnswer, TransportRequest } from './transport.js';
export { VERSION } from './version.js';
export {
  type EventTransfer,
  type EventType,
  type OtherEvent,
  type PaidEvent,
  WebhookEvent,
} from './webhook-event.js';
export { type OnEvent, type Verifier, webhookRoute } from './webhook-route.js';
