//! The codes of errors, by which programs know them: the one list from which answers, the description of the
//! API and its pages are made. A code never changes.

use std::borrow::Cow;

use axum::http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($status:ident { $($name:ident $code:literal $meaning:literal $remedy:literal;)* })*) => {
        /// What kind of error it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $($($name,)*)*
        }

        impl ErrorCode {
            /// By their status.
            pub const ALL: &[Self] = &[$($(Self::$name,)*)*];

            /// As it stands in an answer.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$name => $code,)*)*
                }
            }

            pub const fn status(self) -> StatusCode {
                match self {
                    $($(Self::$name => StatusCode::$status,)*)*
                }
            }

            /// What has happened, for people.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $($(Self::$name => $meaning,)*)*
                }
            }

            /// What to do about it.
            pub const fn remedy(self) -> &'static str {
                match self {
                    $($(Self::$name => $remedy,)*)*
                }
            }
        }
    };
}

codes! {
    BAD_REQUEST {
        MalformedRequest "malformed_request"
            "The request is no sound HTTP request."
            "Look at the proxies between your server and the gateway.";
        MalformedJson "malformed_json"
            "The body is no sound JSON."
            "Read the hint. Send one JSON object in UTF-8, each field once.";
        NoObject "no_object"
            "The body is JSON, and no object."
            "Send one JSON object. An array or a string is none, also with the right fields in it.";
        UnreadableBody "unreadable_body"
            "The connection broke off within the body."
            "Send the request again, the same bytes.";
        MissingParameter "missing_parameter"
            "The URL lacks a parameter."
            "Add the parameter that the message names.";
        InvalidParameter "invalid_parameter"
            "A parameter of the URL, or the header Idempotency-Key, has a form that it may not have."
            "The message says what it must be.";
        UnknownParameter "unknown_parameter"
            "The call does not know a parameter or field, or a parameter stands there twice."
            "The hint lists those that it knows. Correct the name.";
    }
    UNAUTHORIZED {
        InvalidApiKey "invalid_api_key"
            "The key is missing or unknown."
            "Read the hint. Send the key of your project in the header X-API-Key.";
        InvalidSignature "invalid_signature"
            "The signature is missing, or is not that of what came."
            "Sign the exact bytes that you send, with the secret of this very key. The hint says what came: its length and how its SHA-256 begins.";
    }
    FORBIDDEN {
        ReadOnlyKey "api_key_read_only"
            "The key may ask, and create or change nothing."
            "Use another key of the project.";
        ProjectDisabled "project_disabled"
            "The operator has disabled the project. It creates and changes nothing. What is paid of its open payments is credited and told."
            "Ask the gateway's operator.";
        LiveProject "live_project"
            "The project is live. Only a test project can tell the simulated chain what to do."
            "Use the keys of a test project.";
        ReviewsByOperator "reviews_by_operator"
            "The operator decides about this project's transfers."
            "Ask the gateway's operator to decide, or to let your project decide.";
        OriginNotAllowed "origin_not_allowed"
            "The site is not among the project's allowed origins."
            "Ask the operator to allow it. Only the checkout in a page of yours needs that.";
    }
    NOT_FOUND {
        NotFound "not_found"
            "There is no such path."
            "Compare the path with the list of calls.";
        PaymentNotFound "payment_not_found"
            "Your project has no such payment."
            "Compare the ID with the answer to your create. A key sees the payments of its own project only.";
        EventNotFound "event_not_found"
            "Your project has no such webhook event."
            "List the events.";
        ReviewNotFound "review_not_found"
            "No such transfer came to an address of your project."
            "List the transfers in review.";
    }
    METHOD_NOT_ALLOWED {
        MethodNotAllowed "method_not_allowed"
            "The path does not take this method."
            "Use one of those in the header Allow.";
    }
    REQUEST_TIMEOUT {
        BodyTimeout "body_timeout"
            "The body did not arrive in time."
            "Send the whole body within 10 seconds.";
        RequestTimeout "request_timeout"
            "The request did not arrive in time."
            "Send the whole request at once.";
    }
    CONFLICT {
        OrderIdConflict "order_id_conflict"
            "The order has a payment already, with another amount."
            "Send a new order_id for a changed order, such as shop1-12345-2.";
        PaymentPaid "payment_paid"
            "The payment is paid."
            "Nothing can be cancelled. Deliver, or give the money back yourself.";
        PaymentClosed "payment_closed"
            "The payment is not open any more."
            "Ask for its status. Nobody should pay it.";
        PaymentUnderway "payment_underway"
            "Money for the payment has been seen."
            "Ask for its status, and wait for what becomes of it. Nobody should pay it twice.";
        PaymentFailed "payment_failed"
            "The payment was cancelled."
            "Take the transfer for another payment of the order.";
        PaymentChanged "payment_changed"
            "The payment has changed since it was looked at."
            "Look at it again, and decide anew.";
        ReviewSettled "review_settled"
            "Somebody has decided about the transfer already."
            "Look at the payment that the message names.";
        ReviewDismissed "review_dismissed"
            "The transfer is dismissed already."
            "Nothing is left to do. It can still be accepted.";
        ReviewRefused "review_refused"
            "The transfers cannot be accepted for this payment."
            "The message says why.";
        AcceptanceDoubtful "acceptance_doubtful"
            "Something speaks against accepting the transfers. Nothing was done."
            "Read the hint, which says what. Ask the payer. Send \"anyway\": true to accept them all the same.";
        NoWebhookUrl "no_webhook_url"
            "The project has no webhook URL."
            "Set one with PATCH /api/v1/project.";
        ResentTooOften "resent_too_often"
            "The event was sent 100 times."
            "Mend the receiver. Ask for the payment's status instead.";
    }
    PAYLOAD_TOO_LARGE {
        BodyTooLarge "body_too_large"
            "The body has more than 16 KiB."
            "Send less: keep what is long on your side.";
    }
    URI_TOO_LONG {
        UrlTooLong "url_too_long"
            "The URL is too long."
            "Send fewer or shorter parameters.";
    }
    UNSUPPORTED_MEDIA_TYPE {
        UnsupportedMediaType "unsupported_media_type"
            "The body is not called JSON."
            "Send the header Content-Type: application/json.";
    }
    UNPROCESSABLE_ENTITY {
        MissingField "missing_field"
            "A field is missing, null or empty."
            "The message names it. The hint says which fields came.";
        NotText "not_text"
            "A field is neither text nor a number, or has half an emoji in it."
            "Send a JSON string or number.";
        InvalidOrderId "invalid_order_id"
            "The order ID is empty, longer than 128 characters or invisible, or has control or direction characters."
            "Send 1 to 128 visible characters.";
        InvalidDescription "invalid_description"
            "The description has more than 512 characters."
            "Shorten it.";
        InvalidAmount "invalid_amount"
            "The amount is no decimal number."
            "Send a string such as \"50.00\": digits, at most one point, at most 6 decimals. Send no sign, exponent, space or thousands separator.";
        AmountNotPositive "amount_not_positive"
            "The amount is zero or less."
            "Do not ask for a payment where nothing is due.";
        AmountTooLarge "amount_too_large"
            "The amount is more than 1000000000."
            "Send USDT, and not cents or millionths.";
        InvalidMetadata "invalid_metadata"
            "The metadata is no object of texts, or a key is empty, too long or there twice."
            "Send an object whose values are strings. Send numbers as text.";
        MetadataTooLarge "metadata_too_large"
            "The metadata has more than 20 keys or 4096 bytes as JSON."
            "Keep the rest on your side, under the payment_id.";
        InvalidUrl "invalid_url"
            "A URL is not an absolute http or https URL, is longer than 2048 characters, or has a user name."
            "The message says what it must be.";
        UrlNotHttps "url_not_https"
            "A live project's URL uses http."
            "Use https.";
        UrlNotPublic "url_not_public"
            "The webhook URL leads to an address that is not public."
            "Use a public address. For your own machine there is `usdt-gateway listen`.";
        InvalidTxid "invalid_txid"
            "The transaction ID does not have 64 hex digits."
            "Send the ID as the wallet or an explorer shows it.";
        InvalidPayerAddress "invalid_payer_address"
            "The payer's address is no address of TRON."
            "Send the address of the wallet's account, which begins with T.";
        InvalidSignedTransaction "invalid_signed_transaction"
            "What was signed has no form of a signed transaction."
            "Hand in what /api/wallet-transfer.php made, with the wallet's signature.";
        WrongTransaction "wrong_transaction"
            "The transaction does not pay this payment, or the account cannot pay it."
            "Hand in what /api/wallet-transfer.php made for this payment, unchanged.";
        RefusedByNetwork "refused_by_network"
            "The network does not take the transaction. No money was moved."
            "The message says why, and reason in one word. Tell the payer.";
        IdempotencyKeyReused "idempotency_key_reused"
            "The Idempotency-Key stands for another request."
            "Take a new one for each request. Repeat a request with the same bytes.";
        IdDiffers "id_differs"
            "The body names another thing than the URL."
            "Name in the body what the URL names. The signature covers the body alone.";
        InvalidText "invalid_text"
            "A text such as by or note is too long, invisible, or has control characters."
            "Shorten it, or take the characters out.";
        NotAFlag "not_a_flag"
            "A field is neither true nor false."
            "Send true or false, without quotes.";
        InvalidValue "invalid_value"
            "A field has none of the values that it may have."
            "The message lists them.";
        InvalidEvents "invalid_events"
            "The list of events names what is no type that can be asked for."
            "Send a list of payment.expired, payment.review and payment.seen, or of some of them.";
        InvalidTransfers "invalid_transfers"
            "The list of further transfers is none, or names one twice."
            "Send a list of other review_ids.";
        InvalidCurrency "invalid_currency"
            "The currency is no code of three capital letters, or none in which your project may price."
            "Ask the operator to allow it.";
        AmountAndPrice "amount_and_price"
            "The request has both an amount and a price."
            "Send one of them.";
        PriceOutOfBounds "price_out_of_bounds"
            "The price comes to more or less USDT than any payment can have."
            "Send the price in units of the currency, and not in cents.";
    }
    TOO_MANY_REQUESTS {
        TooManyRequests "too_many_requests"
            "Too many requests came from this client, under this key, or of all payers together."
            "Wait for Retry-After seconds.";
    }
    REQUEST_HEADER_FIELDS_TOO_LARGE {
        HeadersTooLarge "headers_too_large"
            "The headers are too large."
            "Send smaller headers. The gateway needs no cookies.";
    }
    INTERNAL_SERVER_ERROR {
        InternalError "internal_error"
            "Something in the gateway failed."
            "Send the request again later. Give the operator the answer's x-request-id, which leads to the cause in the log.";
    }
    SERVICE_UNAVAILABLE {
        Unavailable "unavailable"
            "The gateway is busy or stops."
            "Send the request again soon.";
        NetworkUnreachable "network_unreachable"
            "The gateway does not see the chain. It offers no payment that it could not see arrive."
            "Send the request again soon. Nothing has changed.";
        NetworkReadLate "network_read_late"
            "The gateway reads the chain late. A first transfer may be on its way unseen."
            "Send the request again when chain_delay is gone.";
        TokenUnusable "token_unusable"
            "The token's contract is paused or was replaced. Nobody can pay."
            "Send the request again later.";
        NoFreeAmount "no_free_amount"
            "Too many payments of this price are open."
            "Wait for Retry-After seconds. Ask the operator for another receiving address. Limit how many payments one visitor of your shop can create.";
        NoNewPayments "no_new_payments"
            "The gateway takes no new payments. Its disk is nearly full, for example."
            "Send the request again later.";
        RateUnavailable "rate_unavailable"
            "The gateway knows no rate of this currency that is young enough. Nothing was created."
            "Send the request again soon.";
        RequestUnderWay "request_under_way"
            "The same request, of this Idempotency-Key, is under way."
            "Send it again soon, the same bytes.";
        TransactionUnconfirmed "transaction_unconfirmed"
            "The network has not confirmed the transaction. It may still arrive."
            "Let the payer sign no other one. Follow the payment's status.";
        WebhooksUnavailable "webhooks_unavailable"
            "The gateway cannot send webhooks."
            "Send the request again soon.";
    }
}

impl ErrorCode {
    /// Of a status that nobody has explained.
    pub fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::URI_TOO_LONG => Self::UrlTooLong,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::TOO_MANY_REQUESTS => Self::TooManyRequests,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::HeadersTooLarge,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            other if other.is_server_error() => Self::InternalError,
            _ => Self::MalformedRequest,
        }
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for ErrorCode {
    fn schema_name() -> Cow<'static, str> {
        "ErrorCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<_> = Self::ALL.iter().map(|code| code.as_str()).collect();
        json_schema!({
            "description": "What kind of error it is, for programs. A code never changes.",
            "type": "string",
            "enum": codes,
        })
    }
}
