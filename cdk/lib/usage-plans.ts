import type { Stack } from "aws-cdk-lib";
import { ApiKey, Period, UsagePlan, type Method, type RestApi, type ThrottleSettings } from "aws-cdk-lib/aws-apigateway";
import type { Names } from "./names";
import type { Plan, Throttle } from "./workspace";

/**
 * Adds the declared usage plans, each with one API key. API Gateway chooses its value, which no template contains.
 * `methods` has the methods by the names of their functions.
 */
export function addUsagePlans(stack: Stack, names: Names, api: RestApi, plans: Record<string, Plan>, methods: Map<string, Method>): void {
  for (const [name, { throttle, quota, routes }] of Object.entries(plans)) {
    const plan = new UsagePlan(stack, `Plan ${name}`, {
      name: names.of(name),
      throttle: throttle ? settings(throttle) : undefined,
      quota: quota ? { limit: quota.limit, period: periods[quota.period], offset: quota.offset || undefined } : undefined,
      apiStages: [
        {
          api,
          stage: api.deploymentStage,
          throttle: Object.entries(routes).map(([route, throttle]) => ({ method: methods.get(route)!, throttle: settings(throttle) })),
        },
      ],
    });
    plan.addApiKey(new ApiKey(stack, `Key ${name}`, { apiKeyName: names.of(name) }));
  }
}

const periods = { day: Period.DAY, week: Period.WEEK, month: Period.MONTH };

function settings({ rate, burst }: Throttle): ThrottleSettings {
  return { rateLimit: rate, burstLimit: burst };
}
