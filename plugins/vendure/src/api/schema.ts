// What the plugin adds to the Shop API and the Admin API.

import { parse } from 'graphql';

export const shopSchema = parse(`
  extend type Mutation {
    "The payment of the active order, which must be in the state ArrangingPayment"
    createUsdtPayment(input: CreateUsdtPaymentInput!): CreateUsdtPaymentResult!
  }

  extend type Query {
    "How a payment stands, by the parameter usdt of the page to which the payer came back"
    usdtPayment(token: String!): UsdtPaymentProgress
  }

  input CreateUsdtPaymentInput {
    paymentMethodCode: String!
  }

  union CreateUsdtPaymentResult = UsdtPaymentPage | UsdtPaymentError

  type UsdtPaymentPage {
    token: String!
    "Redirect the payer to it"
    paymentUrl: String!
    "In USDT"
    amount: String!
    expiresAt: DateTime!
  }

  type UsdtPaymentError implements ErrorResult {
    errorCode: ErrorCode!
    message: String!
    reason: UsdtPaymentErrorReason!
  }

  enum UsdtPaymentErrorReason {
    NO_ORDER
    "The active order is not in the state ArrangingPayment, or costs nothing"
    NOT_WAITING
    "The payment method is not for this order"
    NOT_OFFERED
    "The gateway does not answer, or refuses"
    NOT_NOW
  }

  enum UsdtProgress {
    WAITING
    PAID
    EXPIRED
    "Money has come, and the shop has to look at it"
    REVIEW
  }

  type UsdtPaymentProgress {
    state: UsdtProgress!
    "While it waits"
    paymentUrl: String
    "For the payer who began it, and for nobody else"
    orderCode: String
  }
`);

export const adminSchema = parse(`
  enum UsdtPaymentState {
    WAITING
    EXPIRED
    BOOKED
    ATTENTION
    SETTLED
    CLOSED
  }

  type UsdtPayment implements Node {
    id: ID!
    createdAt: DateTime!
    updatedAt: DateTime!
    "The order ID at the gateway"
    reference: String!
    paymentId: String
    orderId: ID
    attempt: Int!
    project: String!
    method: String!
    priceAmount: String!
    priceCurrency: String!
    "In USDT"
    amount: String
    receivedAmount: String
    paymentUrl: String
    state: UsdtPaymentState!
    "Why a person has to look"
    reason: String
    txid: String
    order: Order
  }

  type UsdtPaymentList implements PaginatedList {
    items: [UsdtPayment!]!
    totalItems: Int!
  }

  input UsdtPaymentListOptions

  type UsdtTestLine {
    good: Boolean!
    text: String!
  }

  enum UsdtShopIs {
    "The same shop, at another address"
    MOVED
    "A copy of the shop: it gets payments of its own"
    COPY
  }

  extend type Query {
    usdtPayments(options: UsdtPaymentListOptions): UsdtPaymentList!
    usdtPayment(id: ID!): UsdtPayment
  }

  extend type Mutation {
    "Tries the project of a payment method"
    testUsdtConnection(paymentMethodId: ID!): [UsdtTestLine!]!
    "Tells the gateway where webhooks go, and lets it send one"
    setUsdtWebhook(paymentMethodId: ID!): [UsdtTestLine!]!
    "Asks the gateway now"
    checkUsdtPayment(id: ID!): UsdtPayment!
    "Takes the money of a payment that needs attention for its order"
    acceptUsdtPayment(id: ID!): UsdtPayment!
    "Notes that a person has looked at a payment that needs attention"
    settleUsdtPayment(id: ID!): UsdtPayment!
    "What the shop is, where it has another address than before"
    confirmUsdtShop(is: UsdtShopIs!): Boolean!
  }
`);
