<?php

declare(strict_types=1);

namespace UsdtClient\Tests;

/** What a test expects, and what became of all of them. */
final class Check
{
    /** @var array<string, callable> */
    public static $tests = [];

    /** Runs the tests, and returns the exit code. */
    public static function run(string $word): int
    {
        $passed = 0;
        $failed = 0;
        foreach (self::$tests as $name => $body) {
            if ($word !== '' && strpos($name, $word) === false) {
                continue;
            }
            try {
                $body();
                $passed++;
                echo "  ok  $name\n";
            } catch (\Throwable $error) {
                $failed++;
                $class = get_class($error);
                echo "FAIL  $name\n      $class: {$error->getMessage()}\n";
                $trace = "{$error->getFile()}:{$error->getLine()}\n{$error->getTraceAsString()}";
                echo preg_replace('/^/m', '      ', $trace), "\n";
            }
        }
        echo 'PHP ', PHP_VERSION, ': ', $passed, ' passed, ', $failed, " failed\n";
        return $failed === 0 && $passed > 0 ? 0 : 1;
    }

    /**
     * @param mixed $expected
     * @param mixed $actual
     */
    public static function same($expected, $actual, string $what = ''): void
    {
        if ($expected !== $actual) {
            self::fail(var_export($expected, true) . ' was expected, not ' . var_export($actual, true), $what);
        }
    }

    /** @param mixed $actual */
    public static function that($actual, string $what = ''): void
    {
        if ($actual !== true) {
            self::fail('it is not so', $what);
        }
    }

    public static function like(string $pattern, string $actual, string $what = ''): void
    {
        if (!preg_match($pattern, $actual)) {
            self::fail("$pattern was expected, not $actual", $what);
        }
    }

    /** Returns what was thrown. It is of this class, and not of a class below. */
    public static function throws(string $class, callable $body, string $what = ''): \Throwable
    {
        try {
            $body();
        } catch (\Throwable $error) {
            if (get_class($error) !== $class) {
                throw $error;
            }
            return $error;
        }
        self::fail("$class was expected", $what);
    }

    /** @return never-return */
    private static function fail(string $message, string $what): void
    {
        throw new \RuntimeException($what === '' ? $message : "$what: $message");
    }
}
