<?php

declare(strict_types=1);

namespace UsdtShop;

/** The platform's database, with values apart from the statements: `?` is a value, `{order}` is a table. */
abstract class Database
{
    /** @var string */
    private $prefix;

    public function __construct(string $prefix)
    {
        $this->prefix = $prefix;
    }

    /**
     * @param array<int, string|int|null> $values
     * @return array<int, array<string, string|null>>
     */
    public function rows(string $sql, array $values = []): array
    {
        return $this->read($this->statement($sql, $values));
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
        return $this->write($this->statement($sql, $values));
    }

    /**
     * What is in the database itself, past all caches.
     *
     * @return array<int, array<string, string|null>>
     */
    abstract protected function read(string $sql): array;

    /**
     * Fails with an exception.
     *
     * @return int How many rows it has changed.
     */
    abstract protected function write(string $sql): int;

    /** The value for a statement, between its quotes. */
    abstract protected function escape(string $value): string;

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
            return is_int($value) ? (string) $value : "'" . $this->escape($value) . "'";
        }, $sql);
    }
}
