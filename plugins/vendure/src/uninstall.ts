// Removes what the plugin has stored, in a migration of a shop that no longer has it. Orders and their notes stay.

import type { QueryRunner } from 'typeorm';

import { PAYMENT_TABLE, SHOP_TABLE, TASK } from './constants';

const TASKS_TABLE = 'scheduled_task_record';

export async function removeUsdtCheckout(queryRunner: QueryRunner): Promise<void> {
  for (const table of [PAYMENT_TABLE, SHOP_TABLE]) await queryRunner.dropTable(table, true);
  if (!(await queryRunner.hasTable(TASKS_TABLE))) return;
  const { driver } = queryRunner.connection;
  const column = driver.escape('taskId');
  await queryRunner.query(`DELETE FROM ${driver.escape(TASKS_TABLE)} WHERE ${column} = '${TASK}'`);
}
