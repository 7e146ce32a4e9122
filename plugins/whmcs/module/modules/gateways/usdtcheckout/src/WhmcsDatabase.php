<?php

declare(strict_types=1);

namespace UsdtCheckout\Whmcs;

use UsdtCheckout\Whmcs\UsdtShop\Database;
use WHMCS\Database\Capsule;

/** WHMCS's database. Tables that are no part of WHMCS begin with `mod_`. */
final class WhmcsDatabase extends Database
{
    public function __construct()
    {
        parent::__construct('mod_');
    }

    protected function read(string $sql): array
    {
        $text = static function ($value): ?string {
            return $value === null ? null : (string) $value;
        };
        $rows = Capsule::connection()->getPdo()->query($sql)->fetchAll(\PDO::FETCH_ASSOC);
        return array_map(static function (array $row) use ($text): array {
            return array_map($text, $row);
        }, $rows);
    }

    protected function write(string $sql): int
    {
        return (int) Capsule::connection()->getPdo()->exec($sql);
    }

    protected function escape(string $value): string
    {
        return substr((string) Capsule::connection()->getPdo()->quote($value), 1, -1);
    }
}
