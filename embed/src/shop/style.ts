// How the element looks around a checkout.

/** In pixels, since the shop says what a rem is. */
export const CSS = `
:host{display:inline-block}
:host([hidden]){display:none}
iframe{vertical-align:top;width:432px;max-width:100%;height:760px;border:0;border-radius:18px}
a,button,dialog{box-sizing:border-box;border:0;font:16px/1.4 system-ui,sans-serif}
a,button{display:block;min-width:44px;min-height:44px;background:none;color:inherit;cursor:pointer}
a,.main{padding:10px 24px;border-radius:12px;background:#08775c;color:#fff;font-weight:600;text-decoration:none}
dialog{width:min(100%,464px);max-width:none;max-height:100dvh;padding:0 clamp(0px,50vw - 216px,16px) 16px;border-radius:18px;overscroll-behavior:contain;color-scheme:light dark;background:light-dark(#fff,#151b22);color:light-dark(#10171f,#eef2f6)}
dialog::backdrop{background:#0009}
[part=close]{position:sticky;z-index:1;top:0;background:inherit;margin-inline-start:auto;font-size:24px}
dialog dialog{width:min(90%,360px);padding:16px}
dialog dialog button{width:100%}`;
