<?php

declare(strict_types=1);

namespace UsdtShop;

/**
 * The shop's own name in order IDs. A copy of the shop has the name of the original, and must not take payments under
 * it: so the name belongs to the shop's address.
 */
final class Shop
{
    private const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
    private const LENGTH = 8;

    /** @var State */
    private $state;
    /** @var Payments */
    private $payments;
    /** @var string */
    private $home;

    public function __construct(State $state, Payments $payments, string $home)
    {
        $this->state = $state;
        $this->payments = $payments;
        // Without scheme and `www.`, which change while the shop stays.
        $this->home = (string) preg_replace('~^https?://(www\.)?~', '', strtolower(rtrim($home, '/')));
    }

    public function name(): string
    {
        return $this->stored()['name'];
    }

    public function home(): string
    {
        return $this->home;
    }

    public function storedHome(): string
    {
        return $this->stored()['home'];
    }

    /** Whether this is another address than the one for which the name was drawn. */
    public function isMoved(): bool
    {
        return $this->storedHome() !== $this->home;
    }

    /** The same shop has a new address. */
    public function keep(): void
    {
        $this->state->put('shop', ['name' => $this->name(), 'home' => $this->home]);
    }

    /** This is another shop, or a copy: the payments that came with it belong to the original. */
    public function drawNew(): void
    {
        $this->state->put('shop', ['name' => self::draw(), 'home' => $this->home]);
        $this->payments->disown();
    }

    /** @return array{name: string, home: string} */
    private function stored(): array
    {
        $stored = $this->state->get('shop') ?: $this->state->getOrAdd('shop', ['name' => self::draw(), 'home' => $this->home]);
        if (!isset($stored['name'], $stored['home'])) {
            throw new \RuntimeException('the name of the shop cannot be stored');
        }
        return ['name' => (string) $stored['name'], 'home' => (string) $stored['home']];
    }

    private static function draw(): string
    {
        $name = '';
        while (strlen($name) < self::LENGTH) {
            $name .= self::LETTERS[random_int(0, strlen(self::LETTERS) - 1)];
        }
        return $name;
    }
}
