"""Tests the scripts that read deployed stacks, on output as of the AWS CLI."""

import unittest

from scripts import load

deployed, orphaned_stacks, prune_versions = load("deployed"), load("orphaned-stacks"), load("prune-versions")


def stack(name: str, **tags: str) -> dict:
    return {"StackName": name, "StackStatus": "UPDATE_COMPLETE", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def versions(*numbers: int) -> list[dict]:
    return [{"Version": "$LATEST", "Role": "latest"}, *({"Version": str(number), "Role": "old"} for number in numbers)]


class OrphanedStacks(unittest.TestCase):
    def test_stacks_of_other_environments_and_projects_are_ignored(self):
        described = [
            stack("colonnade-staging-api", project="colonnade", environment="staging"),
            stack("colonnade-staging-eu-api", project="colonnade", environment="staging-eu"),
            stack("other", project="other", environment="staging"),
            stack("colonnade-staging-deployment-role", project="colonnade"),
            {"StackName": "CDKToolkit", "StackStatus": "CREATE_COMPLETE"},
        ]

        self.assertEqual(deployed.stacks_of("staging", described), {"colonnade-staging-api": "UPDATE_COMPLETE"})

    def test_a_deployed_stack_that_the_app_lacks_is_orphaned(self):
        orphans = orphaned_stacks.orphaned(["s-api", "s-users-old"], ["s-api", "s-users-new"])

        self.assertEqual(orphans, ["s-users-old"])

    def test_the_report_says_how_to_remove_the_stack(self):
        report = orphaned_stacks.report("colonnade-staging-users-old", "staging")

        self.assertIn("npx cdk deploy stage operations --exclusively -c env=staging\n", report)
        self.assertTrue(report.endswith("aws cloudformation delete-stack --stack-name colonnade-staging-users-old"))


class OldVersions(unittest.TestCase):
    def test_the_newest_versions_are_kept(self):
        self.assertEqual(prune_versions.old_versions(versions(8, 9, 10, 11), [], keep=2), ["8", "9"])

    def test_the_version_of_an_alias_is_kept(self):
        aliases = [{"Name": "live", "FunctionVersion": "1"}]

        self.assertEqual(prune_versions.old_versions(versions(1, 2, 3), aliases, keep=1), ["2"])

    def test_a_version_that_gets_a_part_of_the_requests_is_kept(self):
        aliases = [{"Name": "live", "FunctionVersion": "4", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}]

        self.assertEqual(prune_versions.old_versions(versions(1, 2, 3, 4), aliases, keep=1), ["1", "3"])

    def test_keeping_no_version_is_refused(self):
        with self.assertRaises(ValueError):
            prune_versions.positive("0")


if __name__ == "__main__":
    unittest.main()
