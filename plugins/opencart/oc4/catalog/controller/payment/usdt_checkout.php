<?php

namespace Opencart\Catalog\Controller\Extension\UsdtCheckout\Payment;

use UsdtCheckout\OpenCart\OpenCart4;
use UsdtCheckout\OpenCart\OpenCartPlugin;
use UsdtCheckout\OpenCart\SessionVisitor;
use UsdtCheckout\OpenCart\UsdtShop\Texts;

require_once DIR_EXTENSION . 'usdt_checkout/system/autoload.php';

/** The shop's side of the method: OpenCart's requests, given on to the plugin. */
class UsdtCheckout extends \Opencart\System\Engine\Controller
{
    /** The button in the checkout. */
    public function index(): string
    {
        return $this->load->view('extension/usdt_checkout/payment/usdt_checkout', [
            'url' => $this->plugin()->platform->link('confirm'),
            'label' => $this->texts()->get('heading'),
            'failed' => $this->texts()->get('claim_no_answer'),
        ]);
    }

    public function confirm(): void
    {
        $this->plugin()->confirm($this->visitor(), $this->texts())->send();
    }

    public function webhook(): void
    {
        $this->plugin()->webhook((string) file_get_contents('php://input', false, null, 0, 65536), $_SERVER)->send();
    }

    public function back(): void
    {
        $this->plugin()->back($this->request->get, $this->visitor(), $this->texts())->send();
    }

    public function again(): void
    {
        $this->plugin()->again($this->request->get, $this->visitor(), $this->texts())->send();
    }

    public function check(): void
    {
        $this->plugin()->check($this->request->get, $this->request->post)->send();
    }

    public function cron(): void
    {
        $this->plugin()->cron($this->request->get)->send();
    }

    /** The regular check. OpenCart's own cron gives the ID of its entry; a request from outside has none. */
    public function scheduled(int $cron_id = 0): void
    {
        if ($cron_id > 0 || PHP_SAPI === 'cli') {
            $this->plugin()->reconciliation->run();
        }
    }

    private function plugin(): OpenCartPlugin
    {
        return OpenCart4::plugin($this->registry);
    }

    private function visitor(): SessionVisitor
    {
        return new SessionVisitor($this->session->data, (int) $this->customer->getId());
    }

    private function texts(): Texts
    {
        return new Texts((string) $this->config->get('config_language'));
    }
}
