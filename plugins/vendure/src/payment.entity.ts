// One attempt to pay an order, as it is stored: what was asked for, and what has become of it.

import { type DeepPartial, EntityId, type ID, VendureEntity } from '@vendure/core';
import { Column, Entity, Index } from 'typeorm';

import { PAYMENT_TABLE } from './constants';

export enum UsdtPaymentState {
  /** The payer may still pay. */
  WAITING = 'WAITING',
  /** Its time is over. Money may still come. */
  EXPIRED = 'EXPIRED',
  /** The order has got it. */
  BOOKED = 'BOOKED',
  /** Money has come, and a person has to look. */
  ATTENTION = 'ATTENTION',
  /** A person has looked. */
  SETTLED = 'SETTLED',
  /** Nothing comes any more, or it is another shop's. */
  CLOSED = 'CLOSED',
}

/** Seconds since 1970: the same in every database. PostgreSQL and MySQL hand a `bigint` out as text. */
const SECONDS = {
  type: 'bigint',
  transformer: {
    to: (value?: number | null) => value,
    from: (value: string | number | null) => (value === null ? null : Number(value)),
  },
} as const;

@Entity(PAYMENT_TABLE)
@Index(['orderId', 'attempt'])
@Index(['state', 'checkAt'])
export class UsdtPayment extends VendureEntity {
  constructor(input?: DeepPartial<UsdtPayment>) {
    super(input);
  }

  /** The order ID at the gateway: `<shop>-<order>-<attempt>`. */
  @Column({ type: 'varchar', length: 128, unique: true })
  reference!: string;

  @Column({ type: 'varchar', length: 20, unique: true, nullable: true })
  paymentId!: string | null;

  /** Names the attempt in addresses that the gateway shows to everybody. */
  @Column({ type: 'varchar', length: 32, unique: true })
  token!: string;

  /** Where nobody knows whose the money is, `null`. */
  @EntityId({ nullable: true })
  orderId!: ID | null;

  @Column({ type: 'int' })
  attempt!: number;

  @EntityId()
  channelId!: ID;

  @Column({ type: 'varchar', length: 20 })
  languageCode!: string;

  /** Who began the attempt, while the session lasts. */
  @Column({ type: 'varchar', length: 64, nullable: true })
  sessionId!: string | null;

  @Column({ type: 'varchar', length: 40 })
  project!: string;

  @Column({ type: 'varchar', length: 255 })
  method!: string;

  @Column({ type: 'varchar', length: 40 })
  priceAmount!: string;

  @Column({ type: 'varchar', length: 8 })
  priceCurrency!: string;

  /** In USDT. */
  @Column({ type: 'varchar', length: 40, nullable: true })
  amount!: string | null;

  @Column({ type: 'varchar', length: 500, nullable: true })
  paymentUrl!: string | null;

  @Column({ type: 'varchar', length: 16 })
  state!: UsdtPaymentState;

  /** Why a person has to look. */
  @Column({ type: 'varchar', length: 500, nullable: true })
  reason!: string | null;

  @Column({ type: 'varchar', length: 64, nullable: true })
  txid!: string | null;

  @Column({ type: 'varchar', length: 40, nullable: true })
  receivedAmount!: string | null;

  /** By this server's clock. */
  @Column({ ...SECONDS, nullable: true })
  expiresAt!: number | null;

  @Column(SECONDS)
  checkAt!: number;

  @Column({ ...SECONDS, default: 0 })
  askedAt!: number;

  /** Whether the gateway is asked for it. */
  get isOpen(): boolean {
    return this.state === UsdtPaymentState.WAITING || this.state === UsdtPaymentState.EXPIRED;
  }
}
