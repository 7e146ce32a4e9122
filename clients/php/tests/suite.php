<?php

// Runs every test of the folder `cases` in this PHP. Any notice of the library is an error.
//
// `run.mjs` starts it with what it needs in `KIT`. With a `WORD` it runs only the tests whose names have it.

declare(strict_types=1);

namespace UsdtClient\Tests;

error_reporting(E_ALL);
// As a development server has them, so that traces hold arguments.
ini_set('zend.exception_ignore_args', '0');
if (PHP_VERSION_ID >= 80000) {
    ini_set('zend.exception_string_param_max_len', '1000');
}
ini_set('display_errors', 'stderr');
ini_set('assert.exception', '1');

set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    // Frameworks of another age have deprecations of their own.
    if (strncmp($file, dirname(__DIR__), strlen(dirname(__DIR__))) !== 0 || !(error_reporting() & $level)) {
        return false;
    }
    throw new \ErrorException($message, 0, $level, $file, $line);
});

require dirname(__DIR__) . '/autoload.php';
require __DIR__ . '/Check.php';
require __DIR__ . '/Kit.php';
require __DIR__ . '/Pauses.php';
require __DIR__ . '/Answers.php';

/** Names a test. */
function test(string $name, callable $body): void
{
    Check::$tests[$name] = $body;
}

foreach (glob(__DIR__ . '/cases/*.php') as $file) {
    require $file;
}
exit(Check::run((string) getenv('WORD')));
