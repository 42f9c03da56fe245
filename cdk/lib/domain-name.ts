import { CfnOutput, type Stack } from "aws-cdk-lib";
import { DomainName, EndpointType, SecurityPolicy } from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { ARecord, HostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { ApiGatewayv2DomainProperties } from "aws-cdk-lib/aws-route53-targets";
import type { Domain } from "./environment";

/** Creates the domain name of an API, of either kind. A mapping of its own connects it to a stage. */
export function addDomainName(stack: Stack, { name, certificateArn, hostedZoneId }: Domain): DomainName {
  const domainName = new DomainName(stack, "Domain", {
    domainName: name,
    certificate: Certificate.fromCertificateArn(stack, "Certificate", certificateArn),
    endpointType: EndpointType.REGIONAL,
    securityPolicy: SecurityPolicy.TLS_1_2,
  });
  const { regionalDomainName, regionalHostedZoneId } = domainName;
  new CfnOutput(stack, "DomainTarget", { value: regionalDomainName });
  if (!hostedZoneId) return domainName;
  // The record's name is absolute, so the zone's own name does not matter.
  const zone = HostedZone.fromHostedZoneAttributes(stack, "Zone", { hostedZoneId, zoneName: name });
  new ARecord(stack, "Record", {
    zone,
    target: RecordTarget.fromAlias(new ApiGatewayv2DomainProperties(regionalDomainName, regionalHostedZoneId)),
  });
  return domainName;
}
