<?php

use UsdtCheckout\OpenCart\OpenCart3;
use UsdtCheckout\OpenCart\OpenCartPlugin;
use UsdtCheckout\OpenCart\SessionVisitor;
use UsdtCheckout\OpenCart\UsdtShop\Texts;

require_once DIR_SYSTEM . 'library/usdt_checkout/autoload.php';

/** The shop's side of the method: OpenCart's requests, given on to the plugin. */
class ControllerExtensionPaymentUsdtCheckout extends Controller
{
    /** The button in the checkout. */
    public function index()
    {
        return $this->load->view('extension/payment/usdt_checkout', [
            'url' => $this->plugin()->platform->link('confirm'),
            'label' => $this->texts()->get('heading'),
            'failed' => $this->texts()->get('claim_no_answer'),
        ]);
    }

    public function confirm()
    {
        $this->plugin()->confirm($this->visitor(), $this->texts())->send();
    }

    public function webhook()
    {
        $this->plugin()->webhook((string) file_get_contents('php://input', false, null, 0, 65536), $_SERVER)->send();
    }

    public function back()
    {
        $this->plugin()->back($this->request->get, $this->visitor(), $this->texts())->send();
    }

    public function again()
    {
        $this->plugin()->again($this->request->get, $this->visitor(), $this->texts())->send();
    }

    public function check()
    {
        $this->plugin()->check($this->request->get, $this->request->post)->send();
    }

    public function cron()
    {
        $this->plugin()->cron($this->request->get)->send();
    }

    /** The regular check, by the script `cron.php` of the plugin. */
    public function scheduled()
    {
        if (PHP_SAPI === 'cli') {
            $this->plugin()->reconciliation->run();
        }
    }

    private function plugin(): OpenCartPlugin
    {
        return OpenCart3::plugin($this->registry);
    }

    private function visitor(): SessionVisitor
    {
        return new SessionVisitor($this->session->data, (int) $this->customer->getId());
    }

    private function texts(): Texts
    {
        return new Texts((string) $this->session->data['language']);
    }
}
