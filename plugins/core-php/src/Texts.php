<?php

declare(strict_types=1);

namespace UsdtShop;

/** What payers read: the words of the payment's page, in its languages. */
final class Texts
{
    private const FOLDER = __DIR__ . '/../languages';

    /** @var string */
    public $language;
    /** @var array<string, string> */
    private $texts;

    /** @param string $code The platform's, such as `de-de`, `pt_BR` or `fr`. */
    public function __construct(string $code)
    {
        $this->language = self::choose($code);
        $this->texts = self::read($this->language) + self::read('en');
    }

    public function get(string $name): string
    {
        return $this->texts[$name];
    }

    public function isRightToLeft(): bool
    {
        return in_array($this->language, ['ar', 'fa', 'he', 'ur'], true);
    }

    private static function choose(string $code): string
    {
        $parts = explode('-', strtr(strtolower($code), '_', '-')) + [1 => ''];
        if ($parts[0] === 'zh') {
            return in_array($parts[1], ['tw', 'hk', 'hant'], true) ? 'zh-TW' : 'zh-CN';
        }
        if ($parts[0] === 'pt') {
            return 'pt-BR';
        }
        $isThere = preg_match('/^[a-z]{2}$/D', $parts[0]) && is_file(self::FOLDER . "/$parts[0].json");
        return $isThere ? $parts[0] : 'en';
    }

    /** @return array<string, string> */
    private static function read(string $language): array
    {
        return (array) json_decode((string) file_get_contents(self::FOLDER . "/$language.json"), true);
    }
}
