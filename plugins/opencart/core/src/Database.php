<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

/** OpenCart's database, with values apart from the statements: `?` is a value, `{order}` is a table. */
final class Database
{
    /** @var object OpenCart's own. */
    private $db;
    /** @var string */
    private $prefix;

    public function __construct(object $db, string $prefix)
    {
        $this->db = $db;
        $this->prefix = $prefix;
    }

    /**
     * @param array<int, string|int|null> $values
     * @return array<int, array<string, string|null>>
     */
    public function rows(string $sql, array $values = []): array
    {
        return $this->db->query($this->statement($sql, $values))->rows;
    }

    /**
     * @param array<int, string|int|null> $values
     * @return array<string, string|null>|null
     */
    public function row(string $sql, array $values = []): ?array
    {
        return $this->rows($sql, $values)[0] ?? null;
    }

    /**
     * @param array<int, string|int|null> $values
     * @return int How many rows it has changed.
     */
    public function run(string $sql, array $values = []): int
    {
        $this->db->query($this->statement($sql, $values));
        return (int) $this->db->countAffected();
    }

    /** @param array<int, string|int|null> $values */
    private function statement(string $sql, array $values): string
    {
        return (string) preg_replace_callback('/\?|\{(\w+)\}/', function (array $match) use (&$values): string {
            if ($match[0] !== '?') {
                return "`$this->prefix$match[1]`";
            }
            $value = array_shift($values);
            if ($value === null) {
                return 'NULL';
            }
            return is_int($value) ? (string) $value : "'" . $this->db->escape($value) . "'";
        }, $sql);
    }
}
