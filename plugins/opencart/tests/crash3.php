<?php

/** Lets a request break off where a test says. */
class ControllerExtensionUsdtTest extends Controller
{
    public function before()
    {
        $this->breakOff('before');
    }

    public function after()
    {
        $this->breakOff('after');
    }

    private function breakOff(string $when)
    {
        $this->db->query("DELETE FROM `" . DB_PREFIX . "usdt_test` WHERE crash = '$when'");
        if ($this->db->countAffected() > 0) {
            // Nothing behind it runs, no `finally` either.
            exit;
        }
    }
}
