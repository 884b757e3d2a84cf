"""Names and sizes of the flow's published tensors, which a random flow of full size has too."""

import pytest
import torch

from steadyvoice.workers.networks.estimator import EstimatorShape
from steadyvoice.workers.networks.flow import Flow, FlowShape


@pytest.mark.parametrize(("meanflow", "millions"), [(False, 112.5), (True, 114.6)])
def test_names_and_sizes_are_the_published(meanflow: bool, millions: float) -> None:
    with torch.device("meta"):
        weights = Flow(FlowShape(estimator=EstimatorShape(meanflow=meanflow))).state_dict()
    assert len(weights) == 1121 + meanflow
    assert round(sum(tensor.numel() for tensor in weights.values()) / 1e6, 1) == millions
    for name, shape in {
        "input_embedding.weight": (6561, 512),
        "encoder.pre_lookahead_layer.conv1.weight": (512, 512, 4),
        "encoder.encoders.5.self_attn.pos_bias_u": (8, 64),
        "encoder.up_layer.conv.weight": (512, 512, 5),
        "encoder.up_encoders.3.feed_forward.w_1.weight": (2048, 512),
        "decoder.estimator.down_blocks.0.0.block1.block.0.weight": (256, 320, 3),
        "decoder.estimator.mid_blocks.11.1.3.attn1.to_out.0.weight": (256, 512),
        "decoder.estimator.mid_blocks.11.1.3.ff.net.0.proj.weight": (1024, 256),
        "decoder.estimator.up_blocks.0.2.weight": (256, 256, 3),
        "decoder.estimator.final_block.block.2.bias": (256,),
        "decoder.estimator.time_mlp.linear_1.weight": (1024, 320),
    }.items():
        assert tuple(weights[name].shape) == shape
