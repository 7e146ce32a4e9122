// What a shop says of itself and of its projects at the gateway.

import { Inject, Injectable } from '@nestjs/common';
import { VENDURE_VERSION } from '@vendure/core';
import { Client, Webhook } from 'usdt-client';

import { OPTIONS } from './constants';
import { VERSION } from './version';

/** A project at a gateway. A payment method names the one that it takes payments for. */
export interface ProjectOptions {
  /** The gateway's origin, such as `https://pay.example.com`. */
  gateway: string;
  apiKey: string;
  apiSecret: string;
  /** The storefront's page to which payers come back. It gets the parameter `usdt`. */
  returnUrl: string;
  /** What verifies webhooks, while the secret is changed: else the API secret. */
  webhookSecrets?: string[];
}

export interface UsdtCheckoutOptions {
  /** The address at which this server is reached from outside: webhooks come to it. */
  url: string;
  /** Each project under a name of its own, which stands in its webhook's address. */
  projects: Record<string, ProjectOptions>;
}

const NAME = /^[a-z0-9-]{1,40}$/;

/** No dump of it shows a secret. */
export class Project {
  readonly webhook: Webhook;
  readonly webhookUrl: string;
  readonly #options: ProjectOptions;

  constructor(
    readonly name: string,
    options: ProjectOptions,
    url: string,
  ) {
    this.#options = options;
    this.webhook = new Webhook(options.webhookSecrets ?? options.apiSecret);
    this.webhookUrl = `${url}/usdt-checkout/webhook/${name}`;
  }

  /** The gateway shows it to everybody: it has nothing but the attempt's name. */
  returnUrl(token: string): string {
    const url = new URL(this.#options.returnUrl);
    url.searchParams.set('usdt', token);
    return url.href;
  }

  client(timeout = 15_000): Client {
    const { gateway, apiKey, apiSecret } = this.#options;
    const userAgent = `plugin/${VERSION} vendure/${VENDURE_VERSION}`;
    return new Client(gateway, apiKey, apiSecret, { timeout, userAgent });
  }
}

@Injectable()
export class Projects {
  private readonly projects: Map<string, Project>;
  /** Without scheme and `www.`, which change while the shop stays. */
  readonly home: string;

  constructor(@Inject(OPTIONS) options: UsdtCheckoutOptions) {
    const url = new URL(options.url).href.replace(/\/+$/, '');
    this.home = url.toLowerCase().replace(/^https?:\/\/(www\.)?/, '');
    const projects = Object.entries(options.projects).map(([name, project]) => {
      if (!NAME.test(name)) throw new Error(`a project's name has a-z, 0-9 and -: ${name}`);
      return new Project(name, project, url);
    });
    this.projects = new Map(projects.map((project) => [project.name, project]));
    for (const project of projects) {
      // What is wrong in it comes out now, and not when somebody pays.
      project.client();
      project.returnUrl('test');
    }
  }

  find(name: string): Project | undefined {
    return this.projects.get(name);
  }

  get(name: string): Project {
    const project = this.find(name);
    if (!project) throw new Error(`the configuration has no project ${name}`);
    return project;
  }
}
