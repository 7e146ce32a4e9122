<?php

declare(strict_types=1);

namespace UsdtCheckout\PrestaShop;

use UsdtCheckout\PrestaShop\UsdtShop\Database;

/** PrestaShop's main database: no replica, and past its cache of queries. */
final class PrestaShopDatabase extends Database
{
    public function __construct()
    {
        parent::__construct(_DB_PREFIX_);
    }

    protected function read(string $sql): array
    {
        $rows = \Db::getInstance()->executeS($sql, true, false);
        if (!is_array($rows)) {
            throw new \RuntimeException('the database does not answer: ' . \Db::getInstance()->getMsgError());
        }
        return $rows;
    }

    protected function write(string $sql): int
    {
        if (!\Db::getInstance()->execute($sql, false)) {
            throw new \RuntimeException('the database refuses: ' . \Db::getInstance()->getMsgError());
        }
        return (int) \Db::getInstance()->Affected_Rows();
    }

    protected function escape(string $value): string
    {
        return (string) \Db::getInstance()->escape($value, true);
    }
}
