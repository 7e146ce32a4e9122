// The shop's own name in order IDs, and the address that it belongs to. There is one row.

import { Column, Entity, PrimaryColumn } from 'typeorm';

import { SHOP_TABLE } from './constants';

@Entity(SHOP_TABLE)
export class UsdtShop {
  @PrimaryColumn({ type: 'varchar', length: 8 })
  key!: string;

  @Column({ type: 'varchar', length: 16 })
  name!: string;

  @Column({ type: 'varchar', length: 191 })
  home!: string;
}
