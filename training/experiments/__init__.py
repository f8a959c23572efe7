"""What the policy brings over doing nothing: arm ``policy`` against arm ``control``."""
