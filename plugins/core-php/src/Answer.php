<?php

declare(strict_types=1);

namespace UsdtShop;

/** An answer of the plugin's own, past the platform's pages. */
final class Answer
{
    /** @var int */
    private $status;
    /** @var string */
    private $type;
    /** @var string */
    private $body;
    /** @var string|null */
    private $location;
    /** @var bool */
    private $setsCookies = true;

    private function __construct(int $status, string $type, string $body, ?string $location = null)
    {
        $this->status = $status;
        $this->type = $type;
        $this->body = $body;
        $this->location = $location;
    }

    public static function text(int $status, string $text): self
    {
        return new self($status, 'text/plain', $text);
    }

    public static function html(int $status, string $html): self
    {
        return new self($status, 'text/html', $html);
    }

    /** @param array<string, mixed> $content */
    public static function json(int $status, array $content): self
    {
        return new self($status, 'application/json', (string) json_encode($content));
    }

    public static function redirect(string $location): self
    {
        return new self(303, 'text/plain', '', $location);
    }

    /** Leaves the browser's cookies as they are. */
    public function withoutCookies(): self
    {
        $copy = clone $this;
        $copy->setsCookies = false;
        return $copy;
    }

    public function send(): void
    {
        if (!$this->setsCookies) {
            header_remove('Set-Cookie');
        }
        http_response_code($this->status);
        header("Content-Type: $this->type; charset=utf-8");
        header('Cache-Control: no-store');
        header('Referrer-Policy: same-origin');
        header('X-Robots-Tag: noindex');
        if ($this->location !== null) {
            header("Location: $this->location");
        }
        echo $this->body;
    }
}
