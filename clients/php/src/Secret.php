<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * Keeps a secret out of every dump: it is no property of an object, so `var_dump`, `var_export`, `print_r`, a cast to
 * an array and the traces of errors do not find it.
 *
 * @internal
 */
final class Secret
{
    private const HIDDEN = '(hidden)';

    /** @var array<int, string> */
    private static $values = [];

    private function __construct()
    {
    }

    public function __destruct()
    {
        unset(self::$values[spl_object_id($this)]);
    }

    /**
     * Takes a secret out of a variable. Traces show what a function's argument holds at that time, so nothing is left.
     *
     * @param mixed $value
     */
    public static function take(
        #[\SensitiveParameter]
        &$value,
        string $name
    ): self {
        $taken = $value;
        $value = self::HIDDEN;
        if (!is_string($taken) || $taken === '') {
            unset($taken);
            throw new InvalidArgument("$name is missing or empty: is its setting there?");
        }
        $secret = new self();
        self::$values[spl_object_id($secret)] = $taken;
        return $secret;
    }

    /**
     * Takes one secret or several.
     *
     * @param mixed $values
     * @return self[]
     */
    public static function takeAll(
        #[\SensitiveParameter]
        &$values,
        string $name
    ): array {
        $taken = is_array($values) ? array_values($values) : [$values];
        $values = self::HIDDEN;
        if ($taken === []) {
            throw new InvalidArgument("$name is missing or empty: is its setting there?");
        }
        $secrets = [];
        foreach (array_keys($taken) as $at) {
            $secrets[] = self::take($taken[$at], $name);
        }
        return $secrets;
    }

    /** The HMAC-SHA256 of the bytes, in hex. */
    public function sign(string $bytes): string
    {
        return hash_hmac('sha256', $bytes, self::$values[spl_object_id($this)]);
    }

    /** A text without this secret, whatever has brought it there. */
    public function redact(string $text): string
    {
        return str_replace(self::$values[spl_object_id($this)], self::HIDDEN, $text);
    }

    public function __clone()
    {
        throw new InvalidArgument('a secret cannot be copied');
    }

    /** @return array<string, mixed> */
    public function __serialize(): array
    {
        throw new InvalidArgument('what holds a secret cannot be serialized');
    }

    /** @param array<string, mixed> $data */
    public function __unserialize(array $data): void
    {
        throw new InvalidArgument('what holds a secret cannot be unserialized');
    }
}
