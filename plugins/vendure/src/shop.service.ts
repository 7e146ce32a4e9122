// A copy of the shop has the name of the original, and must not take payments under it: so the name belongs to the
// shop's address.

import { randomInt } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { type ID, TransactionalConnection } from '@vendure/core';

import { Projects } from './options';
import type { UsdtPayment } from './payment.entity';
import { Payments } from './payments.service';
import { UsdtShop } from './shop.entity';

const KEY = 'shop';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const LENGTH = 8;

@Injectable()
export class Shop {
  constructor(
    private readonly connection: TransactionalConnection,
    private readonly projects: Projects,
    private readonly payments: Payments,
  ) {}

  async reference(orderId: ID, attempt: number): Promise<string> {
    return `${(await this.stored()).name}-${orderId}-${attempt}`;
  }

  async isItsOwn(row: UsdtPayment): Promise<boolean> {
    return row.reference.startsWith(`${(await this.stored()).name}-`);
  }

  /** Whether this is another address than the one for which the name was drawn. */
  async isMoved(): Promise<boolean> {
    return (await this.stored()).home !== this.projects.home;
  }

  async stored(): Promise<UsdtShop> {
    const shops = this.connection.rawConnection.getRepository(UsdtShop);
    const found = await shops.findOneBy({ key: KEY });
    if (found) return found;
    try {
      await shops.insert({ key: KEY, name: draw(), home: this.projects.home });
    } catch {
      // Of two servers that draw at once, one stores its name and both take that.
    }
    return shops.findOneByOrFail({ key: KEY });
  }

  /** The same shop has a new address. */
  async keep(): Promise<void> {
    await this.change({ home: this.projects.home });
  }

  /** This is another shop, or a copy: the payments that came with it belong to the original. */
  async drawNew(): Promise<void> {
    await this.change({ name: draw(), home: this.projects.home });
    await this.payments.disown();
  }

  private async change(changes: Partial<UsdtShop>): Promise<void> {
    await this.stored();
    await this.connection.rawConnection.getRepository(UsdtShop).update({ key: KEY }, changes);
  }
}

function draw(): string {
  return Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
