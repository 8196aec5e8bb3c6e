"""`AgentImage`: the agents' image, built in the same update and deployed by digest.

The repository's tags are immutable, so the tag is a digest of what the image is made of, and
the same sources are never pushed twice. A preview builds nothing and needs no Docker.
"""

import json
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

from pulumi_shoal.checks import read_args
from pulumi_shoal.context_digest import context_digest
from pulumi_shoal.image_spec import AgentImageArgs, AgentImageSpec

# The one tag that moves: layers of the last build, for a builder that has none of its own.
CACHE_TAG = "cache"


class AgentImage(pulumi.ComponentResource):
    """An ECR repository and the image in it."""

    ref: pulumi.Output[str]
    """The image by digest: what to deploy."""
    digest: pulumi.Output[str]
    """Digest of the image."""
    repository_url: pulumi.Output[str]
    """URL of the repository."""

    def __init__(
        self, name: str, args: AgentImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        spec = read_args(AgentImageSpec, f"AgentImage '{name}'", args)
        super().__init__("shoal:index:AgentImage", name, None, opts)
        self._name = name
        self._spec = spec
        self._child = pulumi.ResourceOptions(parent=self)

        repository = self._make_repository()
        self._expire_old_images(repository)
        image = self._build(repository)

        self.ref, self.digest = image.ref, image.digest
        self.repository_url = repository.repository_url
        self.register_outputs(
            {"ref": self.ref, "digest": self.digest, "repositoryUrl": self.repository_url}
        )

    def _make_repository(self) -> aws.ecr.Repository:
        return aws.ecr.Repository(
            f"{self._name}-repository",
            image_tag_mutability="IMMUTABLE_WITH_EXCLUSION",
            image_tag_mutability_exclusion_filters=[
                {"filter": CACHE_TAG, "filter_type": "WILDCARD"}
            ],
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "AES256"}],
            # The images can be built again; a repository that holds some could not be destroyed.
            force_delete=True,
            opts=self._child,
        )

    def _expire_old_images(self, repository: aws.ecr.Repository) -> None:
        aws.ecr.LifecyclePolicy(
            f"{self._name}-lifecycle",
            repository=repository.name,
            policy=json.dumps(lifecycle_policy(self._spec.keep)),
            opts=self._child,
        )

    def _build(self, repository: aws.ecr.Repository) -> docker_build.Image:
        spec = self._spec
        cache = pulumi.Output.concat(repository.repository_url, ":", CACHE_TAG)
        return docker_build.Image(
            f"{self._name}-image",
            context={"location": spec.context},
            dockerfile={"location": str(spec.dockerfile_path)},
            target=spec.target,
            build_args=spec.build_args or None,
            platforms=[docker_build.Platform(platform) for platform in spec.platforms],
            tags=[pulumi.Output.concat(repository.repository_url, ":", self._tag())],
            registries=[_sign_in(repository)],
            cache_from=[{"registry": {"ref": cache}}],
            cache_to=[{"registry": _cache_in_ecr(cache)}],
            push=True,
            build_on_preview=False,
            opts=self._child,
        )

    def _tag(self) -> str:
        spec = self._spec
        if spec.tag is not None:
            return spec.tag
        settings = {f"arg.{name}": value for name, value in spec.build_args.items()}
        settings |= {"target": spec.target or "", "platforms": ",".join(spec.platforms)}
        return context_digest(Path(spec.context), spec.dockerfile_path, settings)


def _sign_in(repository: aws.ecr.Repository) -> docker_build.RegistryArgs:
    token = aws.ecr.get_authorization_token_output(registry_id=repository.registry_id)
    return docker_build.RegistryArgs(
        address=repository.repository_url,
        username=token.user_name,
        password=pulumi.Output.secret(token.password),
    )


def _cache_in_ecr(ref: pulumi.Output[str]) -> docker_build.CacheToRegistryArgsDict:
    # ECR stores a cache only in the form of an image.
    return {"ref": ref, "image_manifest": True, "oci_media_types": True}


def lifecycle_policy(keep: int) -> dict[str, Any]:
    """Return the ECR policy that keeps the newest images."""
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep}
    rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
    return {"rules": [rule]}
