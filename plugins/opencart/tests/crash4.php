<?php

namespace Opencart\Catalog\Controller\Extension\UsdtTest;

/** Lets a request break off where a test says. */
class Crash extends \Opencart\System\Engine\Controller
{
    public function before(): void
    {
        $this->breakOff('before');
    }

    public function after(): void
    {
        $this->breakOff('after');
    }

    private function breakOff(string $when): void
    {
        $this->db->query("DELETE FROM `" . DB_PREFIX . "usdt_test` WHERE crash = '$when'");
        if ($this->db->countAffected() > 0) {
            // Nothing behind it runs, no `finally` either.
            exit;
        }
    }
}
