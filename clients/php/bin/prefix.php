<?php

// Writes a copy of the library under a namespace of a plugin's own, so that two plugins with different versions of it
// run in one shop. The same version and namespace give the same bytes.
//
//   php prefix.php NAMESPACE FOLDER
//
// `php prefix.php 'Acme\Usdt' lib` makes of `UsdtClient\Client` the class `Acme\Usdt\UsdtClient\Client`.
// `lib/autoload.php` loads it.

declare(strict_types=1);

[$namespace, $target] = array_slice($argv, 1) + [null, null];
$part = '[A-Za-z_][A-Za-z0-9_]*';
if ($namespace === null || $target === null || !preg_match("/^$part(\\\\$part)*$/D", $namespace)) {
    fwrite(STDERR, "usage: php prefix.php NAMESPACE FOLDER, such as: php prefix.php 'Acme\\Usdt' lib\n");
    exit(2);
}
if (file_exists($target)) {
    fwrite(STDERR, "$target is there already\n");
    exit(1);
}

$source = dirname(__DIR__);
$files = array_merge(["$source/autoload.php"], glob("$source/src/*.php"), glob("$source/src/*/*.php"));
foreach ($files as $file) {
    $copy = $target . substr($file, strlen($source));
    if (!is_dir(dirname($copy))) {
        mkdir(dirname($copy), 0777, true);
    }
    $prefixed = static function (array $match) use ($namespace): string {
        return "$namespace\\$match[0]";
    };
    $code = file_get_contents($file);
    file_put_contents($copy, preg_replace_callback('/(?<!\\\\)\bUsdtClient\b(?=[\\\\;])/', $prefixed, $code));
}
foreach (['LICENSE-APACHE', 'LICENSE-MIT'] as $licence) {
    // Beside the library where it is installed, and above all clients where it is developed.
    $found = array_values(array_filter(["$source/$licence", dirname($source, 2) . "/$licence"], 'is_file'));
    if ($found !== []) {
        copy($found[0], "$target/$licence");
    }
}
echo count($files), " files of the library are in $target, under $namespace\\UsdtClient\n";
