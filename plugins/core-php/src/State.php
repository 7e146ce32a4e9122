<?php

declare(strict_types=1);

namespace UsdtShop;

/** What the plugin remembers of the gateway and of itself, by name. */
final class State
{
    /** @var Database */
    private $database;

    public function __construct(Database $database)
    {
        $this->database = $database;
    }

    /** @return array<string, mixed> */
    public function get(string $name): array
    {
        $row = $this->database->row('SELECT content FROM {usdt_checkout_state} WHERE name = ?', [$name]);
        $content = $row === null ? null : json_decode((string) $row['content'], true);
        return is_array($content) ? $content : [];
    }

    /** @param array<string, mixed> $content */
    public function put(string $name, array $content): void
    {
        $this->database->run('REPLACE INTO {usdt_checkout_state} (name, content) VALUES (?, ?)', [
            $name,
            (string) json_encode($content),
        ]);
    }

    /**
     * What is there, or what is given where nothing is: of two at once, both get the same.
     *
     * @param array<string, mixed> $content
     * @return array<string, mixed>
     */
    public function getOrAdd(string $name, array $content): array
    {
        $this->database->run('INSERT IGNORE INTO {usdt_checkout_state} (name, content) VALUES (?, ?)', [
            $name,
            (string) json_encode($content),
        ]);
        return $this->get($name);
    }

    /** Takes a name for itself: of all who want it within that many seconds, one gets it. */
    public function claim(string $name, int $seconds): bool
    {
        $now = time();
        $sql = 'INSERT IGNORE INTO {usdt_checkout_state} (name, content) VALUES (?, ?)';
        if ($this->database->run($sql, [$name, (string) $now]) === 1) {
            return true;
        }
        $sql = 'UPDATE {usdt_checkout_state} SET content = ? WHERE name = ? AND content < ?';
        return $this->database->run($sql, [(string) $now, $name, (string) ($now - $seconds)]) === 1;
    }

    public function release(string $name): void
    {
        $this->database->run('DELETE FROM {usdt_checkout_state} WHERE name = ?', [$name]);
    }
}
