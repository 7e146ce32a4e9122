<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

/**
 * The shop's own name in order IDs. A copy of the shop has the name of the original, and must not take payments under
 * it: so the name belongs to the shop's address.
 */
final class Shop
{
    public const OPTION = 'usdt_checkout_shop';

    private const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
    private const LENGTH = 8;

    public static function id(): string
    {
        return self::stored()['id'];
    }

    /** Whether this is another address than the one for which the name was drawn. */
    public static function isMoved(): bool
    {
        return self::stored()['home'] !== self::home();
    }

    public static function storedHome(): string
    {
        return self::stored()['home'];
    }

    /** The same shop has a new address. */
    public static function keep(): void
    {
        update_option(self::OPTION, ['id' => self::id(), 'home' => self::home()], true);
    }

    /** This is another shop, or a copy: the payments that came with it belong to the original. */
    public static function drawNew(): void
    {
        update_option(self::OPTION, ['id' => self::draw(), 'home' => self::home()], true);
        Payments::disown();
    }

    /** @return array{id: string, home: string} */
    private static function stored(): array
    {
        $stored = get_option(self::OPTION);
        if (is_array($stored) && is_string($stored['id'] ?? null) && is_string($stored['home'] ?? null)) {
            return ['id' => $stored['id'], 'home' => $stored['home']];
        }
        // Of two requests that draw at once, one stores its name and both take that.
        add_option(self::OPTION, ['id' => self::draw(), 'home' => self::home()], '', true);
        wp_cache_delete(self::OPTION, 'options');
        wp_cache_delete('alloptions', 'options');
        wp_cache_delete('notoptions', 'options');
        $stored = get_option(self::OPTION);
        if (!is_array($stored) || !isset($stored['id'], $stored['home'])) {
            throw new \RuntimeException('the name of the shop cannot be stored');
        }
        return ['id' => (string) $stored['id'], 'home' => (string) $stored['home']];
    }

    private static function draw(): string
    {
        $id = '';
        while (strlen($id) < self::LENGTH) {
            $id .= self::LETTERS[random_int(0, strlen(self::LETTERS) - 1)];
        }
        return $id;
    }

    /** Without scheme and `www.`, which change while the shop stays. */
    private static function home(): string
    {
        $home = strtolower(untrailingslashit(home_url('/')));
        return (string) preg_replace('~^https?://(www\.)?~', '', $home);
    }
}
