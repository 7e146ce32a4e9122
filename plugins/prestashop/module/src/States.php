<?php

declare(strict_types=1);

namespace UsdtCheckout\PrestaShop;

/** The two states that PrestaShop has none of: both without invoice, mail or claim to be paid. */
final class States
{
    private const AWAITING = 'USDT_CHECKOUT_OS_AWAITING';
    private const REVIEW = 'USDT_CHECKOUT_OS_REVIEW';
    private const ALL = [
        self::AWAITING => ['Awaiting USDT', '#34209E'],
        self::REVIEW => ['USDT payment needs a look', '#DC143C'],
    ];

    public static function install(string $module): void
    {
        foreach (self::ALL as $key => [$name, $color]) {
            $state = new \OrderState();
            $state->name = array_fill_keys(\Language::getIDs(false), $name);
            $state->color = $color;
            $state->module_name = $module;
            $state->unremovable = true;
            foreach (['invoice', 'send_email', 'logable', 'paid', 'shipped', 'delivery', 'hidden', 'pdf_invoice', 'pdf_delivery'] as $flag) {
                $state->$flag = false;
            }
            $state->add();
            \Configuration::updateGlobalValue($key, (int) $state->id);
        }
    }

    /** Orders keep them, and nobody can choose them any more. */
    public static function uninstall(): void
    {
        foreach (array_keys(self::ALL) as $key) {
            $state = new \OrderState((int) \Configuration::getGlobalValue($key));
            if (\Validate::isLoadedObject($state)) {
                $state->deleted = true;
                $state->unremovable = false;
                $state->update();
            }
            \Configuration::deleteByName($key);
        }
    }

    public static function awaiting(): int
    {
        return (int) \Configuration::getGlobalValue(self::AWAITING);
    }

    public static function review(): int
    {
        return (int) \Configuration::getGlobalValue(self::REVIEW);
    }

    public static function paid(): int
    {
        return (int) \Configuration::get('PS_OS_PAYMENT');
    }

    /** PrestaShop gives the goods of an order back in this state. */
    public static function canceled(): int
    {
        return (int) \Configuration::get('PS_OS_CANCELED');
    }

    public static function error(): int
    {
        return (int) \Configuration::get('PS_OS_ERROR');
    }
}
