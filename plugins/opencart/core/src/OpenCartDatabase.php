<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtShop\Database;

/** OpenCart's database. */
final class OpenCartDatabase extends Database
{
    /** @var object OpenCart's own. */
    private $db;

    public function __construct(object $db, string $prefix)
    {
        parent::__construct($prefix);
        $this->db = $db;
    }

    protected function read(string $sql): array
    {
        return $this->db->query($sql)->rows;
    }

    protected function write(string $sql): int
    {
        $this->db->query($sql);
        return (int) $this->db->countAffected();
    }

    protected function escape(string $value): string
    {
        return $this->db->escape($value);
    }
}
