<?php

// What is handed out: every class where Composer looks for it, and copies under other namespaces.

declare(strict_types=1);

namespace UsdtClient\Tests;

use UsdtClient\Client;

/** @return string[] The library's files, relative to it. */
function sources(string $folder): array
{
    $files = array_merge(glob("$folder/src/*.php"), glob("$folder/src/*/*.php"), ["$folder/autoload.php"]);
    sort($files);
    return array_map(static function (string $file) use ($folder): string {
        return substr($file, strlen($folder) + 1);
    }, $files);
}

test('package: each file loads, and holds what its name says', static function (): void {
    $library = dirname(__DIR__, 2);
    $composer = json_decode(file_get_contents("$library/composer.json"), true);
    Check::same(Client::VERSION, $composer['version']);
    [$namespace] = array_keys($composer['autoload']['psr-4']);
    foreach (sources($library) as $file) {
        if ($file === 'autoload.php') {
            continue;
        }
        $class = $namespace . strtr(substr($file, 4, -4), '/', '\\');
        Check::that(class_exists($class) || interface_exists($class) || trait_exists($class), $class);
        Check::like('/^<\?php\n\ndeclare\(strict_types=1\);\n\nnamespace /', file_get_contents("$library/$file"), $file);
    }
    Check::that(!class_exists($namespace . 'Nothing'));
});

test('package: the documented properties are those that are there', static function (): void {
    $answers = vectors('answers');
    $payment = decode($answers[0]['body'])['payment'];
    $event = \UsdtClient\Event::of(['type' => 'test']);
    $records = [$event, \UsdtClient\Payment::read(new \UsdtClient\Fields($payment))];
    foreach ($records as $record) {
        $comment = (new \ReflectionClass($record))->getDocComment();
        preg_match_all('/@property-read [^$]+\$(\w+)/', $comment, $matches);
        foreach ($matches[1] as $name) {
            $record->$name;
        }
        $values = (new \ReflectionClass(\UsdtClient\Record::class))->getProperty('values');
        if (PHP_VERSION_ID < 80100) {
            $values->setAccessible(true);
        }
        Check::same(count($matches[1]) + 1, count($values->getValue($record)), get_class($record));
    }
});

test('package: the documented code can be read', static function (): void {
    preg_match_all('/```php\n(.*?)```/s', file_get_contents(dirname(__DIR__, 2) . '/README.md'), $matches);
    Check::that(count($matches[1]) > 3);
    foreach ($matches[1] as $code) {
        Check::that(token_get_all("<?php\n$code", TOKEN_PARSE) !== []);
    }
    foreach (get_class_methods(Client::class) as $method) {
        if (strncmp($method, '__', 2) !== 0 && !in_array($method, ['jsonSerialize', 'verifyWebhook', 'webhook'], true)) {
            Check::like("/`$method\\(/", file_get_contents(dirname(__DIR__, 2) . '/README.md'));
        }
    }
});

// WebAssembly starts no programs.
if (!function_exists('post_message_to_js')) {
    test('package: a copy under another namespace runs beside the library, and is the same each time', static function (): void {
        $folder = sys_get_temp_dir() . '/usdt-client-' . bin2hex(random_bytes(8));
        $library = dirname(__DIR__, 2);
        $php = escapeshellarg(PHP_BINARY);
        $prefix = "$php " . escapeshellarg("$library/bin/prefix.php");
        try {
            foreach (['one', 'two'] as $copy) {
                exec("$prefix 'Acme\\Usdt' " . escapeshellarg("$folder/$copy"), $lines, $code);
                Check::same(0, $code);
                Check::same(sources($library), sources("$folder/$copy"));
            }
            foreach (sources($library) as $file) {
                $one = file_get_contents("$folder/one/$file");
                Check::same($one, file_get_contents("$folder/two/$file"), $file);
                Check::that(!preg_match('/(?<!Acme\\\\Usdt\\\\)UsdtClient(\\\\|;)/', $one), $file);
            }
            Check::that(is_file("$folder/one/LICENSE-MIT"));
            require "$folder/one/autoload.php";
            $options = ['transport' => new \Acme\Usdt\UsdtClient\Http\SocketTransport()];
            $client = new \Acme\Usdt\UsdtClient\Client('https://pay.example.com', 'pk_1', 's', $options);
            Check::throws(\Acme\Usdt\UsdtClient\SignatureError::class, static function () use ($client): void {
                $client->verifyWebhook('{}', []);
            });
            exec("$prefix 'Acme;' " . escapeshellarg("$folder/three") . ' 2>&1', $lines, $code);
            Check::same(2, $code);
            exec("$prefix 'Acme' " . escapeshellarg("$folder/one") . ' 2>&1', $lines, $code);
            Check::same(1, $code, 'nothing is overwritten');
        } finally {
            exec('rm -r ' . escapeshellarg($folder));
        }
    });
}
